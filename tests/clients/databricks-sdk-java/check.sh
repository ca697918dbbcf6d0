# shellcheck shell=bash
# The SDK for Java runs both programs through a shell, and trusts Java's own certificates alone.

store=$work/trust.p12
if [[ ! -f $store ]]; then
  keytool -importcert -noprompt -alias emulator -file "$ca" -storetype PKCS12 -keystore "$store" -storepass emulator \
    >/dev/null 2>&1
fi
# (The last two: programs that run for a second start sooner.)
java=(
  "$(command -v java)" -Djavax.net.ssl.trustStore="$store" -Djavax.net.ssl.trustStorePassword=emulator
  -XX:+UseSerialGC -XX:TieredStopAtLevel=1
)
trust=()
bundles=()
# (Each takes a processor for a second.)
crowd_size=10

no_metadata=1
driver=("${java[@]}" -cp "$tools/*" Call)

# shellcheck source=../databricks-sdks.sh
source "$here/databricks-sdks.sh"

static() {
  local ours said
  ours=$(of_databricks)
  said=$(by_run pat)
  equal "who it was" "ok $principal 0" "${said% *}"
  [[ ${said##* } == "${ours##* }" ]] || fail "it is not the token that jeton gives"
  carried "$ours"
}
check "it has no metadata service: jeton run hands java the host and the token" static

# 0.94.0, the last before it tells databricks its profile and asks for its version.
older() {
  local driver=("${java[@]}" -cp "$tools/older/*:$tools/*" Call) zone
  for zone in "${zones[@]}"; do
    same "from az in $zone" "$(with TZ="$zone" -- "${azure[@]}")" "$(of_az)"
    same "from databricks in $zone" "$(with TZ="$zone" -- "${databricks[@]}")" "$(of_databricks)"
  done
  by_host
}
check "so it is with release 0.94.0, which tells the host alone" older
