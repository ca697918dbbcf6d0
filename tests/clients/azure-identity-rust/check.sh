# shellcheck shell=bash
# azure_identity for Rust asks az by --scope, and wants a number in expires_on, and the token's type.

driver=("$tools/azure-identity-rust")

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"
