"""Calls GetCallerIdentity as often as its argument says (renewed: until a third access key has signed), through one session of botocore (what boto3 and the AWS CLI are
made of). Prints the answer's ARN each time, and at last how many minutes the keys were good for at the start."""

import datetime
import sys

from botocore.session import Session


def main():
    session = Session()
    credentials = session.get_credentials()
    # botocore offers the time to nobody else. (Keys from a file have none, and those of a web identity not yet.)
    end = getattr(credentials, "_expiry_time", None)
    now = datetime.datetime.now(datetime.timezone.utc)
    sts = session.create_client("sts")
    times = sys.argv[1]
    keys = []
    while len(set(keys)) < 3 if times == "renewed" else len(keys) < int(times):
        print(sts.get_caller_identity()["Arn"])
        keys.append(credentials.get_frozen_credentials().access_key)
    print(int((end - now).total_seconds() // 60) if end else "unknown")


if __name__ == "__main__":
    main()
