// Gets a token through a credential of @azure/identity, as often as asked.
//
// usage: get-token.js CREDENTIAL SCOPE [TIMES|renewed], from the folder where the package is installed; renewed is until it
// was given three tokens
//
// Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message;
// "ended" for a token that is over.

import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
} from '@azure/identity';

const credentials = {
  az: AzureCliCredential,
  azd: AzureDeveloperCliCredential,
  'managed-identity': ManagedIdentityCredential,
  // Which one it takes is said by AZURE_TOKEN_CREDENTIALS.
  default: DefaultAzureCredential,
};

const [name, scope, times = '1'] = process.argv.slice(2);
const credential = new credentials[name]();
const tokens = [];
const isEnough = () => (times === 'renewed' ? new Set(tokens).size >= 3 : tokens.length >= Number(times));
try {
  while (!isEnough()) {
    const { token, expiresOnTimestamp } = await credential.getToken(scope);
    tokens.push(token);
    console.log(expiresOnTimestamp > Date.now() ? expiresOnTimestamp / 1000 : 'ended', token);
  }
} catch (error) {
  console.log(error.name === 'CredentialUnavailableError' ? 'unavailable' : 'refused', error.message);
}
