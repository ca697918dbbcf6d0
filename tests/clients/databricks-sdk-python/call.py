"""Asks a workspace who is there, by a sign-in of the official SDK for Python.

usage: call.py [crowd NUMBER | for SECONDS] AUTH_TYPE [KEY=VALUE...]

The keys are attributes of the SDK's Config: host, profile, ... A crowd is as many processes at once: each is forked after the
SDK was loaded, which takes a second.

Prints a line for each call, which is one, or as many as fit in these seconds: "ok", who that is, when the token ends
(seconds since 1970, UTC) and the token that was sent; or "skipped" where the SDK takes the error for "nothing is set up",
or "refused", and the message, and ends.
"""

import os
import sys
import time

from databricks.sdk.core import ApiClient, Config
from databricks.sdk.credentials_provider import AzureCliTokenSource, MetadataServiceTokenSource
from databricks.sdk.environments import get_environment_for_hostname
from databricks.sdk.service.iam import CurrentUserAPI


def end(config):
    """When the SDK takes its token to end. Its times are local, and have no zone."""
    if config.auth_type == "metadata-service":
        return int(MetadataServiceTokenSource(config).token().expiry.timestamp())
    if config.auth_type == "azure-cli":
        source = AzureCliTokenSource.for_resource(config, config.effective_azure_login_app_id)
        return int(source.token().expiry.timestamp())
    return int(config.oauth_token().expiry.timestamp())


def call(auth_type, *pairs, seconds=0):
    stop = time.monotonic() + seconds
    given = dict(pair.split("=", 1) for pair in pairs)
    if "experimental_is_unified_host" in given:
        given["experimental_is_unified_host"] = True
    if "azure_workspace_resource_id" in given:
        # Otherwise the name of the host says it, and an emulator has no such name.
        given["databricks_environment"] = get_environment_for_hostname("x.azuredatabricks.net")
    try:
        config = Config(auth_type=auth_type, http_timeout_seconds=20, retry_timeout_seconds=20, **given)
        users = CurrentUserAPI(ApiClient(config))
        while True:
            me = users.me()
            token = config.authenticate()["Authorization"].removeprefix("Bearer ")
            print("ok", me.user_name, end(config), token)
            if time.monotonic() >= stop:
                break
    except ValueError as error:
        print("skipped" if "cannot configure default credentials" in str(error) else "refused", error)


def main():
    if sys.argv[1] == "for":
        return call(*sys.argv[3:], seconds=float(sys.argv[2]))
    if sys.argv[1] != "crowd":
        return call(*sys.argv[1:])
    children = []
    for _ in range(int(sys.argv[2])):
        child = os.fork()
        if child == 0:
            call(*sys.argv[3:])
            sys.stdout.flush()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


main()
