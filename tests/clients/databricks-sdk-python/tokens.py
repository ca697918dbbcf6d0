"""Makes a personal access token by the official SDK for Python, lists it, deletes it, and lists again; the environment
says where and with which token. Prints who was known by the token, and a line for each step.

usage: tokens.py life COMMENT     all of that
       tokens.py create COMMENT   makes one, and prints its value alone
       tokens.py delete COMMENT   deletes those with that comment
       tokens.py me               says who it is
"""

import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config


def ids(client, comment):
    return [token.token_id for token in client.tokens.list() if token.comment == comment]


def life(client, comment):
    print("me", client.current_user.me().user_name)
    made = client.tokens.create(comment=comment, lifetime_seconds=3600)
    info = made.token_info
    print("seconds", (info.expiry_time - info.creation_time) // 1000)
    print("listed", ids(client, comment) == [info.token_id])
    client.tokens.delete(info.token_id)
    print("left", len(ids(client, comment)))


def main():
    client = WorkspaceClient(config=Config(http_timeout_seconds=20, retry_timeout_seconds=20))
    match sys.argv[1:]:
        case ["life", comment]:
            life(client, comment)
        case ["create", comment]:
            print(client.tokens.create(comment=comment, lifetime_seconds=3600).token_value)
        case ["delete", comment]:
            for token in ids(client, comment):
                client.tokens.delete(token)
        case ["me"]:
            print(client.current_user.me().user_name)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
