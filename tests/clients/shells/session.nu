# The same session in Nushell: see session.sh. What `jeton init nushell` prints stands before it, twice.

def say_profile [] { print (^sh -c 'echo "profile: ${JETON_PROFILE:-none}"') }

def say_token [] { print (^sh -c 'if [ -n "${JETON_TOKEN-}" ]; then echo "token: yes"; else echo "token: no"; fi') }

def --env main [] {
  jt shell
  say_profile
  jt aks
  say_profile
  jt -
  say_profile
  try { jt nobody; print "jt nobody: not refused" } catch { print "jt nobody: refused" }
  say_profile
  print (jt | lines | where $it =~ shell | length)
  jt -u
  say_profile
  print (jt | lines | where $it =~ shell | length)
  jt -
  say_profile

  print (jtprompt)
  jtenv
  say_token
  print (probe)
  try { jtenv aks-wrong --resource aks; print "not refused" } catch { print "jtenv aks-wrong --resource aks: refused" }
  say_token
  _jt_hook
  say_token
  $env.JETON_ENV = ($env.JETON_ENV | str replace --regex '^\S+' '1')
  _jt_hook
  say_token
  $env.PGPASSFILE = "old"
  jtenv aks --resource aks --as psql --env MINE
  print (^sh -c 'test -n "$MINE" && test -n "$PGPASSWORD" && test -z "${PGPASSFILE-}" && echo "mine: yes"')
  jtenv -u
  print (^sh -c 'test -z "${MINE-}${PGPASSWORD-}${JETON_ENV-}" && echo "mine: no"')

  try { ^jeton env --shell nu --profile aks-wrong --resource aks | from json; print "not seen" } catch { }
  try { ^jeton env --shell nu --no-such-option | from json; print "not seen" } catch { }

  print (jcurl -fsS --cacert $env.CA $env.URL | from json | $'"kind":"($in.kind)"')
  print ('{}' | jcurl -fsS --cacert $env.CA $env.URL -o /dev/null -w '%{http_code}' -X GET -d @-)
  try { jcurl -fsS https://localhost:1/ } catch { print "jcurl -fsS https://localhost:1/: refused" }
  try { jcurl -fsS --cacert $env.CA $env.URL https://localhost:1/ } catch {
    print $"jcurl -fsS --cacert ($env.CA) ($env.URL) https://localhost:1/: refused"
  }
  print (jtprompt | str replace --regex '[0-9]+m$' MINUTES)

  $env.PATH = [/usr/bin /bin]
  try { jt aks } catch {|error| print --stderr $error.msg; print "jt aks: refused" }
  try { jtenv } catch {|error| print --stderr $error.msg; print "jtenv: refused" }
  try { jcurl $env.URL } catch {|error| print --stderr $error.msg; print $"jcurl ($env.URL): refused" }
  print --no-newline (jtprompt)
  _jt_hook
  say_profile
  let hooks = $env.config.hooks.pre_prompt | where {|hook| ($hook | describe) =~ '^record' } | length
  if $hooks != 1 { print $"($hooks) hooks" }
}
