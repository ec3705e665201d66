# git with our merge driver: never worse off than without it.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    export PATH=$DELTA_BIN:$PATH
    unset XDG_CONFIG_HOME
    export HOME=$BATS_TEST_TMPDIR GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_EDITOR=true
    export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org
    export GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
    git init -q -b main repo
    cd repo || return
    git delta-setup >/dev/null
    cat >app.json <<'END'
{
  "name": "web",
  "port": 80,
  "on": true,
  "dependencies": {
    "alpha": "1",
    "gamma": "1",
    "omega": "1"
  },
  "users": [
    {"id": 1, "role": "user"},
    {"id": 2, "role": "user"}
  ]
}
END
    git add .
    git commit -q -m base
    git branch theirs
}

# commit BRANCH SED-SCRIPT: edits app.json on the branch.
commit()
{
    git checkout -q "$1"
    sed -i "$2" app.json
    git commit -q -a -m "$1: $2"
}

@test "neighbouring members changed on two sides merge, in the layout of the file" {
    commit theirs 's/"port": 80/"port": 81/; s/"alpha": "1",/"alpha": "1",\n    "beta": "1",/'
    commit main 's/"web"/"shop"/; s/"on": true/"on": false/'
    git merge -q -m merged theirs
    assert_equal "$(cat app.json)" '{
  "name": "shop",
  "port": 81,
  "on": false,
  "dependencies": {
    "alpha": "1",
    "beta": "1",
    "gamma": "1",
    "omega": "1"
  },
  "users": [
    {"id": 1, "role": "user"},
    {"id": 2, "role": "user"}
  ]
}'
}

@test "a conflict is marked where it is, and everything else is merged" {
    commit theirs 's/"port": 80/"port": 81/; s/"omega": "1"/"omega": "2"/'
    commit main 's/"port": 80/"port": 82/; s/"alpha": "1"/"alpha": "2"/'
    run -1 git merge -q -m merged theirs
    assert_equal "$(sed -n 3,12p app.json)" '<<<<<<< ours
  "port": 82,
=======
  "port": 81,
>>>>>>> theirs
  "on": true,
  "dependencies": {
    "alpha": "2",
    "gamma": "1",
    "omega": "2"'
    git merge --abort
    git config merge.conflictStyle diff3
    run -1 git merge -q -m merged theirs
    assert_equal "$(sed -n 3,9p app.json)" '<<<<<<< ours
  "port": 82,
||||||| base
  "port": 80,
=======
  "port": 81,
>>>>>>> theirs'
    run -2 --separate-stderr delta-merge -3 app.json app.json app.json
    assert_one_error delta-merge 'app.json:3:1: conflict marker: the file has unresolved merge conflicts'
    git merge --abort
    git config merge.json.driver 'delta-merge --git --conflict-style=ours %O %A %B %L %P'
    run -1 git merge -q -m merged theirs
    assert_equal "$(jq -c '[.port, .dependencies]' app.json)" '[82,{"alpha":"2","gamma":"1","omega":"2"}]'
}

@test "the length of markers is the attribute's, and the line ends are those of the file" {
    sed -i 's/$/\r/' app.json
    echo '*.json conflict-marker-size=11' >>.gitattributes
    git commit -q -a -m crlf
    git branch -q -f theirs
    commit theirs 's/80/81/'
    commit main 's/80/82/'
    run -1 git merge -q -m merged theirs
    assert_equal "$(sed -n '3p;5p;7p' app.json | od -An -c | tr -d ' \n')" \
        '<<<<<<<<<<<ours\r\n===========\r\n>>>>>>>>>>>theirs\r\n'
}

@test "several conflicts: each is named with its file and its values" {
    cp app.json other.json
    git add .
    git commit -q -m other
    git branch -q -f theirs
    git checkout -q theirs
    sed -i 's/80/81/; s/"web"/"a"/' app.json other.json
    git commit -q -a -m theirs
    git checkout -q main
    sed -i 's/80/82/; s/"web"/"b"/' app.json other.json
    git commit -q -a -m ours
    run -1 git merge -q -m merged theirs
    assert_equal "$(grep -c 'warning: app.json: conflict at /port: .*(base 80, ours 82, theirs 81)' <<<"$output")" 1
    assert_equal "$(grep -c 'warning: other.json: conflict at /name: .*(base "web", ours "b", theirs "a")' <<<"$output")" 1
}

@test "rebase, cherry-pick, revert and stash pop merge by structure" {
    commit theirs 's/80/81/'
    commit main 's/"web"/"shop"/'
    git checkout -q theirs
    git rebase -q main
    assert_equal "$(jq -c '[.name, .port]' app.json)" '["shop",81]'
    git checkout -q main
    git cherry-pick theirs >/dev/null
    assert_equal "$(jq -c '[.name, .port]' app.json)" '["shop",81]'
    git revert --no-edit HEAD~1 >/dev/null
    assert_equal "$(jq -c '[.name, .port]' app.json)" '["web",81]'
    sed -i 's/true/false/' app.json
    git stash -q
    commit main 's/81/83/'
    git stash pop -q
    assert_equal "$(jq -c '[.on, .port]' app.json)" '[false,83]'
}

@test "an element that was replaced and edited is a conflict, never moved to another" {
    commit theirs 's/{"id": 1, "role": "user"}/{"id": 1, "role": "admin"}/'
    commit main 's/{"id": 1, "role": "user"}/{"id": 9, "role": "user"}/'
    run -1 git merge -q -m merged theirs
    run ! grep -q '"id": 9, "role": "admin"' app.json
    grep -q '^<<<<<<< ours' app.json
}

@test "a renamed file is merged under its new name" {
    git checkout -q theirs
    git mv app.json service.json
    git commit -q -m renamed
    commit main 's/80/82/'
    git merge -q -m merged theirs
    assert_equal "$(jq .port service.json)" 82
}

@test "deleted here and changed there, added on both sides" {
    git checkout -q theirs
    git rm -q app.json
    printf '{\n  "a": 1,\n  "both": 1\n}\n' >new.json
    git add .
    git commit -q -m removed
    commit main 's/80/82/'
    printf '{\n  "b": 2,\n  "both": 1\n}\n' >new.json
    git add .
    git commit -q -m added
    run -1 git merge -q -m merged theirs
    assert_equal "$(git diff --name-only --diff-filter=U)" app.json
    assert_equal "$(jq -cS . new.json)" '{"a":1,"b":2,"both":1}'
}

@test "an octopus merge, for which git asks no driver, is refused or right" {
    git branch third
    commit theirs 's/80/81/'
    commit third 's/"role": "user"/"role": "admin"/'
    commit main 's/true/false/'
    cp app.json before
    run ! git merge -q -m merged theirs third
    assert_same_bytes app.json before
    git merge --abort 2>/dev/null || :
    cp app.json other.json
    git add other.json
    git commit -q -m other
    git merge -q -m merged theirs
    git merge -q -m merged third
    assert_equal "$(jq -c '[.port, .on, .users[1].role]' app.json)" '[81,false,"admin"]'
}

@test "JSON with a duplicate key, a comment or a trailing comma merges as without us" {
    git checkout -q main
    printf '{\n  "a": 1,\n  "b": 1,\n  "c": 1,\n  "d": 1,\n  "a": 1\n}\n' >double.json
    printf '{\n  // one\n  "a": 1,\n  "b": 1,\n  "c": 1,\n  "d": 1,\n}\n' >tsconfig.json
    git add .
    git commit -q -m more
    git branch -q -f theirs
    git checkout -q theirs
    sed -i 's/"d": 1/"d": 2/' double.json tsconfig.json
    git commit -q -a -m theirs
    git checkout -q main
    sed -i 's/"b": 1/"b": 3/' double.json tsconfig.json
    git commit -q -a -m ours
    git merge -q -m merged theirs
    assert_equal "$(cat double.json)" "$(printf '{\n  "a": 1,\n  "b": 3,\n  "c": 1,\n  "d": 2,\n  "a": 1\n}')"
    assert_equal "$(cat tsconfig.json)" "$(printf '{\n  // one\n  "a": 1,\n  "b": 3,\n  "c": 1,\n  "d": 2,\n}')"
    commit main 's/80/82/'
    git checkout -q -B theirs HEAD~1
    sed -i 's/"c": 1/"c": 4/' tsconfig.json
    git commit -q -a -m theirs
    git checkout -q main
    sed -i 's/"c": 1/"c": 5/' tsconfig.json
    git commit -q -a -m ours
    run -1 git merge -q -m merged theirs
    grep -q '^<<<<<<< ' tsconfig.json
    grep -q '"c": 5' tsconfig.json
}

@test "the driver refuses what git would not call it with, and fails without a change" {
    cp app.json ours
    run -129 --separate-stderr delta-merge --git app.json ours app.json
    assert_one_error delta-merge 'missing'
    run -129 --separate-stderr delta-merge --git app.json ours app.json x app.json
    assert_one_error delta-merge "invalid marker size 'x'"
    run -129 --separate-stderr delta-merge --git app.json ours absent 7 app.json
    assert_one_error delta-merge 'absent: cannot open'
    assert_same_bytes app.json ours
    run -2 --separate-stderr delta-merge --git -3 app.json ours app.json 7 app.json
    run -2 --separate-stderr delta-merge --git -o x app.json ours app.json 7 app.json
    [ ! -e x ]
    run -2 --separate-stderr delta-merge --conflict-style=merge x
    assert_one_error delta-merge '--conflict-style needs -3 or --git'
}

@test "--resolve takes the decisions of a file of conflicts" {
    sed 's/80/81/; s/"web"/"a"/' app.json >ours
    sed 's/80/82/; s/"web"/"b"/' app.json >theirs
    run -1 --separate-stderr delta-merge -3 --conflicts=c app.json ours theirs
    jq 'map(if .pointer == "/port" then .take = "theirs" else . end)' c >decided
    run -1 --separate-stderr delta-merge -3 --conflicts=left --resolve=decided app.json ours theirs
    assert_equal "$(jq -c '[.name, .port]' <<<"$output")" '["a",82]'
    assert_equal "$(jq -c 'map(.pointer)' left)" '["/name"]'
    jq '.[0].take = "both"' c >bad
    run -2 --separate-stderr delta-merge -3 --resolve=bad app.json ours theirs
    assert_one_error delta-merge 'bad: conflict 0: expected "take" to be ours, theirs or union'
    echo '[{"take":"ours"}]' >bad
    run -2 --separate-stderr delta-merge -3 --resolve=bad app.json ours theirs
    assert_one_error delta-merge 'bad: conflict 0: missing pointer'
    echo '[1]' >bad
    run -2 --separate-stderr delta-merge -3 --resolve=bad app.json ours theirs
    assert_one_error delta-merge 'bad: conflict 0: missing pointer'
    echo '{}' >bad
    run -2 --separate-stderr delta-merge -3 --resolve=bad app.json ours theirs
    assert_one_error delta-merge 'bad: expected an array of conflicts'
    echo '{"a*b":{"x,y":1}}' >base
    echo '{"a*b":{"x,y":2}}' >ours
    echo '{"a*b":{"x,y":3}}' >theirs
    run -1 delta-merge -3 --conflicts=c base ours theirs
    jq '.[0].take = "theirs"' c >decided
    run -0 --separate-stderr delta-merge -3 --resolve=decided base ours theirs
    assert_equal "$output" '{"a*b":{"x,y":3}}'
}

@test "labels that git passes are those of the markers" {
    sed s/80/81/ app.json >ours
    sed s/80/82/ app.json >theirs
    run -1 --separate-stderr delta-merge --git --conflict-style=diff3 app.json ours theirs 7 app.json 'base 1' HEAD 'topic: more'
    assert_equal "$(grep -E '^(<<<<<<<|\|\|\|\|\|\|\||>>>>>>>)' ours)" '<<<<<<< HEAD
||||||| base 1
>>>>>>> topic: more'
}
