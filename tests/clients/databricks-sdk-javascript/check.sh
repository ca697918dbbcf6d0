# shellcheck shell=bash
# The SDK for JavaScript asks both programs anew for each of its parts that needs a token, and az through a shell.

cp "$here/$name/call.js" "$tools/"

driver=("$(command -v node)" "$tools/call.js" @databricks/sdk-experimental "$url")
trust=(NODE_EXTRA_CA_CERTS="$ca")
bundles=()
crowd_size=20
# It looks in Azure for the workspace's host, too.
az_requests=3

# shellcheck source=../databricks-sdks.sh
source "$here/databricks-sdks.sh"

# 0.14.2, which VS Code's extension has. It leaves out the host's port, and tells no profile.
older() {
  local driver=("${driver[@]/@databricks\/sdk-experimental/databricks-sdk-older}") zone
  for zone in "${zones[@]}"; do
    same "from az in $zone" "$(with TZ="$zone" -- "${azure[@]}")" "$(of_az)"
    same "from databricks in $zone" "$(with TZ="$zone" -- "${databricks[@]}")" "$(ours usual "$app")"
  done
}
profile usual "${of_entra[@]}" --client-secret-from "file:$home/entra-secret" --databricks-host localhost
check "so it is with release 0.14.2" older
