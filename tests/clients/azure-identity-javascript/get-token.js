// Gets a token through a credential of @azure/identity, as often as asked.
//
// usage: get-token.js CREDENTIAL SCOPE [TIMES], from the folder where the package is installed
//
// Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message.

import { AzureCliCredential, AzureDeveloperCliCredential, DefaultAzureCredential } from '@azure/identity';

const credentials = {
  az: AzureCliCredential,
  azd: AzureDeveloperCliCredential,
  // Which one it takes is said by AZURE_TOKEN_CREDENTIALS.
  default: DefaultAzureCredential,
};

const [name, scope, times] = process.argv.slice(2);
const credential = new credentials[name]();
try {
  for (let i = 0; i < Number(times ?? 1); i++) {
    const { token, expiresOnTimestamp } = await credential.getToken(scope);
    console.log(expiresOnTimestamp / 1000, token);
  }
} catch (error) {
  console.log(error.name === 'CredentialUnavailableError' ? 'unavailable' : 'refused', error.message);
}
