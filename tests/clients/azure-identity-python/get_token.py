"""Gets a token through a credential of azure-identity, as often as asked.

usage: get_token.py CREDENTIAL SCOPE [TIMES]
       get_token.py CREDENTIAL SCOPE renewed     until it was given three tokens

Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message;
"ended" for a token that is over.
"""

import sys
import time

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
    name, scope, times, *_ = [*sys.argv[1:], "1"]
    credential = CREDENTIALS[name]()
    tokens = []
    try:
        while len(set(tokens)) < 3 if times == "renewed" else len(tokens) < int(times):
            token = credential.get_token(scope)
            tokens.append(token.token)
            print(token.expires_on if token.expires_on > time.time() else "ended", token.token)
    except CredentialUnavailableError as error:
        print("unavailable", error.message)
    except ClientAuthenticationError as error:
        print("refused", error.message)


main()
