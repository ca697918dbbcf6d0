# shellcheck shell=bash
# The SDK for Go asks az for the account before every token, and trusts the system's certificates.

driver=("$tools/databricks-sdk-go")
trust=(SSL_CERT_FILE="$ca")
bundles=()

# shellcheck source=../databricks-sdks.sh
source "$here/databricks-sdks.sh"

# 0.60.0 tells the host alone, runs what the link leads to, and goes by the words of errors; 0.129.0 is the last that does
# not ask for the version. (From 0.61 to 0.103 the SDK reads the CLI's own files.)
older=(0.60.0 0.129.0)
for version in "${older[@]}"; do
  (cd "$here/$name" && build_go "$tools/$version" -modfile="v$version.mod" -tags before_0_175)
done

in_older() {
  local driver version zone
  for version in "${older[@]}"; do
    driver=("$tools/$version")
    for zone in "${zones[@]}"; do
      same "from az with $version in $zone" "$(with TZ="$zone" -- "${azure[@]}")" "$(of_az)"
      same "from databricks with $version in $zone" "$(with TZ="$zone" -- "${databricks[@]}")" "$(of_databricks)"
    done
  done
  driver=("$tools/0.129.0")
  by_name
  same "from jeton run with 0.129.0" "$(by_run metadata-service)" "$(of_databricks)"
  driver=("$tools/0.60.0")
  by_host
}

errors_in_older() {
  local driver=("$tools/0.60.0")
  nobody
  refused
}

check "so it is with releases 0.60.0 and 0.129.0" in_older
check "errors are classed as with the real ones by 0.60.0, too" errors_in_older
