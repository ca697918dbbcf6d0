"""Prints a token that Google's library got from its token service for what the program in a credential configuration
gave it.

usage: exchange.py CONFIGURATION TIMES"""

import sys

from google.auth import pluggable
from google.auth.transport.requests import Request


def main():
    for _ in range(int(sys.argv[2])):
        # (Not google.auth.load_credentials_from_file, which asks Google for the project as well.)
        credentials = pluggable.Credentials.from_file(sys.argv[1], scopes=["openid"])
        credentials.refresh(Request())
        print(credentials.token)


if __name__ == "__main__":
    main()
