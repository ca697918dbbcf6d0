# shellcheck shell=bash
# psql takes the token as its password: from the environment that `jeton run` makes, and from the file of `jeton write`.

need psql postgresql-client
need openssl openssl

# Starts a server, with TLS or without. usage: postgres [tls]
postgres() {
  pg=$(mktemp -d "$work/pg.XXXXXX")
  local tls=()
  if [[ ${1:-} == tls ]]; then
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout "$pg/key" -out "$pg/cert" 2>/dev/null
    tls=("$pg/cert" "$pg/key")
  fi
  : >"$pg/passwords"
  python3 "$here/psql/server.py" "$pg" "${tls[@]}" >"$pg/log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064
  trap "kill $pid" EXIT
  for _ in {1..100}; do
    [[ ! -s $pg/port ]] || break
    sleep 0.1
  done
  port=$(<"$pg/port")
}

query=(psql --no-psqlrc --no-password --host 127.0.0.1 --username me --dbname db --command 'select')

with_run() {
  postgres tls
  local token
  token=$(client jeton token --profile aks --resource api://pg)
  client jeton run --profile aks --resource api://pg --as psql -- "${query[@]}" --port "$port"
  equal "the password" "$token" "$(<"$pg/passwords")"
  costs "for both" 1
}
check "a token is its password by jeton run" with_run

in_clear() {
  postgres
  client_fails jeton run --profile aks --resource api://pg --as psql -- "${query[@]}" --port "$port" 2>"$work/said"
  contains "what psql says" "$(<"$work/said")" SSL
  equal "what was sent in clear" "" "$(<"$pg/passwords")"
}
check "the token is not sent to a server without TLS" in_clear

with_file() {
  postgres tls
  local token
  token=$(client jeton token --profile aks --resource api://pg)
  client jeton write "$home/pgpass" --profile aks --resource api://pg --format pgpass --server "127.0.0.1:$port:db:me"
  client env PGPASSFILE="$home/pgpass" PGSSLMODE=require "${query[@]}" --port "$port"
  equal "the password" "$token" "$(<"$pg/passwords")"
}
check "a token is its password by jeton write" with_file
