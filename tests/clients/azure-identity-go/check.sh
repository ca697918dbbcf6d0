# shellcheck shell=bash
# azidentity runs az and azd through a shell, in another folder. It wants a number in expires_on.

driver=("$tools/azure-identity-go")

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"

# shellcheck source=../managed-identity.sh
source "$here/managed-identity.sh"
