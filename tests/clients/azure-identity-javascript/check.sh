# shellcheck shell=bash
# @azure/identity runs az and azd through a shell, leaves their standard input open, and reads their stderr also where they
# succeed. All that goes wrong is "unavailable" to it.

cp "$here/$name/get-token.js" "$tools/"

driver=("$(command -v node)" "$tools/get-token.js")

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"

refusal_of_msi=unavailable

# shellcheck source=../managed-identity.sh
source "$here/managed-identity.sh"
