# shellcheck shell=bash
# azure-identity for Java takes az's stderr for a part of its output: one byte there, and the JSON is none.

driver=("$(command -v java)" -cp "$tools/*" GetToken)

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"
