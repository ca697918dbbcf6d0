"""Gets a token through a credential of azure-identity, as often as asked.

usage: get_token.py CREDENTIAL SCOPE [TIMES]

Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message.
"""

import sys

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

CREDENTIALS = {
    "az": AzureCliCredential,
    "azd": AzureDeveloperCliCredential,
    "managed-identity": ManagedIdentityCredential,
    # Which one it takes is said by AZURE_TOKEN_CREDENTIALS.
    "default": DefaultAzureCredential,
}


def main():
    name, scope, *times = sys.argv[1:]
    credential = CREDENTIALS[name]()
    try:
        for _ in range(int(times[0]) if times else 1):
            token = credential.get_token(scope)
            print(token.expires_on, token.token)
    except CredentialUnavailableError as error:
        print("unavailable", error.message)
    except ClientAuthenticationError as error:
        print("refused", error.message)


main()
