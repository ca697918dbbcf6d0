"""Lists pods as often as its argument says, through one client of the official Python package."""

import sys

from kubernetes import client, config


def main():
    config.load_kube_config()
    api = client.CoreV1Api()
    for _ in range(int(sys.argv[1])):
        for pod in api.list_namespaced_pod("default", _request_timeout=20).items:
            print(pod.metadata.name)


if __name__ == "__main__":
    main()
