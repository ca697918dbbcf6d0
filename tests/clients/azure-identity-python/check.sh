# shellcheck shell=bash
# azure-identity for Python runs az and azd without a shell, in another folder, with nothing on standard input, and reads
# their errors.

driver=("$tools/bin/python" "$here/$name/get_token.py")

# It takes azd's time in UTC for local time.
azd_zones=(UTC)

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"

refusal_of_msi=unavailable

# shellcheck source=../managed-identity.sh
source "$here/managed-identity.sh"
