# git calls us: as external diff, as diff driver, as merge driver, as textconv.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    export PATH=$DELTA_BIN:$PATH
    unset XDG_CONFIG_HOME
    export HOME=$BATS_TEST_TMPDIR GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
    export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org
    export GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
    git init -q -b main repo
    cd repo || return
    printf '{\n  "name": "web",\n  "port": 80\n}\n' >config.json
    git add .
    git commit -q -m first
}

@test "as GIT_EXTERNAL_DIFF: a header and the text, status 0" {
    printf '{"port":81,"name":"web","on":true}' >config.json
    GIT_EXTERNAL_DIFF='delta-diff --git' run -0 --separate-stderr git diff
    assert_equal "$output" 'diff --json a/config.json b/config.json
+ /on  true
~ /port  80 -> 81
1 added, 1 changed'
    assert_equal "$stderr" ""
}

@test "as diff.json.command, with the filters that are added to it" {
    echo '*.json diff=json' >.gitattributes
    git config diff.json.command 'delta-diff --git --ignore=/on --mask=/port'
    printf '{"port":81,"name":"web","on":true}' >config.json
    run -0 git diff
    assert_equal "$output" 'diff --json a/config.json b/config.json
~ /port  "***" -> "***"
1 changed'
}

@test "new, deleted and renamed files, and modes" {
    export GIT_EXTERNAL_DIFF='delta-diff --git'
    echo '{"a":1,"b":[2]}' >new.json
    echo '["x"]' >list.json
    git add .
    run -0 git diff --cached
    assert_equal "$output" 'diff --json a/list.json b/list.json
new file mode 100644
+ /0  "x"
1 added
diff --json a/new.json b/new.json
new file mode 100644
+ /a  1
+ /b  [2]
2 added'
    git commit -q -m second
    git rm -q list.json
    chmod +x new.json
    git add .
    run -0 git diff --cached
    assert_equal "$output" 'diff --json a/list.json b/list.json
deleted file mode 100644
- /0  "x"
1 removed
diff --json a/new.json b/new.json
old mode 100644
new mode 100755'
    git commit -q -m third
    git mv config.json renamed.json
    sed -i 's/80/90/' renamed.json
    git add .
    run -0 git diff --cached -M10
    [[ $output == 'diff --json a/config.json b/renamed.json'* ]] || fail "$output"
    [[ $output == *'rename to renamed.json'* && $output == *'~ /port  80 -> 90'* ]] || fail "$output"
}

@test "a version that is not JSON is compared by lines, and git goes on" {
    export GIT_EXTERNAL_DIFF='delta-diff --git'
    printf '{\n  "name": "web",\n  "port": 81, // for now\n}\n' >config.json
    echo '{}' >other.json
    git add .
    run -0 --separate-stderr git diff --cached
    assert_equal "$output" 'diff --json a/config.json b/config.json
--- a/config.json
+++ b/config.json
@@ -1,4 +1,4 @@
 {
   "name": "web",
-  "port": 80
+  "port": 81, // for now
 }
diff --json a/other.json b/other.json
new file mode 100644
--- /dev/null
+++ b/other.json
@@ -0,0 +1 @@
+{}'
    assert_equal "$stderr" ""
    GIT_EXTERNAL_DIFF='delta-diff --git -v' run -0 --separate-stderr git diff --cached
    [[ $stderr == *'config.json: compared by lines: 3:15: '* ]] || fail "$stderr"
    git commit -q -m broken
    git rm -q config.json
    run -0 git diff --cached
    [[ $output == *$'--- a/config.json\n+++ /dev/null\n'* ]] || fail "$output"
    run -0 git log -p --ext-diff --format=%s
    [[ $output == *broken* && $output == *first* ]]
}

@test "where only the layout differs, git counts a difference, and the lines are shown" {
    printf '{"port":80, "name":"w\\u0065b"}\n' >config.json
    GIT_EXTERNAL_DIFF='delta-diff --git' run -1 git diff --exit-code
    assert_equal "${lines[0]}" "diff --json a/config.json b/config.json"
    [[ $output == *'+{"port":80, "name":"w\u0065b"}'* ]] || fail "$output"
}

@test "a file in which nothing that counts changed has no header" {
    sed -i s/80/81/ config.json
    GIT_EXTERNAL_DIFF='delta-diff --git --ignore=/port' run -0 git diff
    assert_equal "$output" ""
}

@test "git diff --no-index: the names of the files, and the status of git" {
    mkdir -p ../a/app ../b/app
    cd ..
    echo '{"x":1}' >a/app/x.json
    echo '{"x":2}' >b/app/x.json
    echo '{"y":1}' >b/app/y.json
    echo '{"z":1}' >a/app/z.json
    GIT_EXTERNAL_DIFF='delta-diff --git' run -1 git diff --no-index a b
    [[ $output == 'diff --json a/app/x.json b/app/x.json
'*'~ /x  1 -> 2'* && $output == *'
diff --json a/app/y.json b/app/y.json
'* && $output == *'
diff --json a/app/z.json b/app/z.json
'* ]] || fail "$output"
}

@test "a path that is not merged is named" {
    run -0 delta-diff --git config.json
    assert_equal "$output" "* Unmerged path config.json"
}

@test "names that could steer a terminal do not" {
    name=$'a\33[31m.json'
    echo 1 >"$name"
    git add .
    GIT_EXTERNAL_DIFF='delta-diff --git' run -0 git diff --cached
    [[ $output != *$'\33'* && $output == *'b/a\u001b[31m.json'* ]]
}

@test "--git with another number of arguments is a usage error" {
    run -2 --separate-stderr delta-diff --git a b c
    assert_one_error delta-diff 'seven arguments'
}

@test "delta-setup: installs, says so, does it once, checks and uninstalls" {
    run -1 git delta-setup --check
    run -0 git delta-setup
    [[ $output == *'set     diff.json.command = delta-diff --git'* ]]
    [[ $output == *'set     merge.json.driver = delta-merge --git %O %A %B %L %P %S %X %Y'* ]]
    [[ $output == *'added '*'/.gitattributes: *.json diff=json merge=json'* ]]
    run -0 git delta-setup --check
    assert_equal "$output" ""
    cp .gitattributes before
    run -0 git delta-setup
    [[ $output != *set\ * && $output != *added\ * ]]
    assert_same_bytes before .gitattributes
    git config merge.json.driver other
    run -1 git delta-setup --check
    assert_equal "$output" 'differs merge.json.driver = other'
    printf '*.md text' >.gitattributes
    run -0 git delta-setup '*.geojson'
    assert_equal "$(cat .gitattributes)" '*.md text
*.geojson diff=json merge=json
*.history diff=delta-history'
    run -0 git delta-setup --uninstall '*.geojson'
    assert_equal "$(cat .gitattributes)" '*.md text'
    assert_equal "$(git config --local --get-regexp 'json|delta' || :)" ""
    mkdir 'my files'
    echo '{"a":1}' >'my files/x.conf'
    git add 'my files/x.conf'
    run -0 git delta-setup 'my files/*.conf' '*.lock'
    assert_equal "$(cat .gitattributes)" '*.md text
"my files/*.conf" diff=json merge=json
*.lock diff=json merge=json
*.history diff=delta-history'
    echo '{"a":2}' >'my files/x.conf'
    run -0 git diff
    assert_equal "${lines[1]}" '~ /a  1 -> 2'
    run -0 git delta-setup --check 'my files/*.conf'
    run -0 git delta-setup --uninstall
    assert_equal "$(cat .gitattributes)" '*.md text'
    run -2 git delta-setup --frob
    run -2 git delta-setup --check --uninstall
    cd ..
    run -2 git delta-setup
}

@test "delta-setup --global: for every repository of the user" {
    run -0 git delta-setup --global
    [[ $output == *"added   $HOME/.config/git/attributes: *.json diff=json merge=json"* ]] || fail "$output"
    assert_equal "$(git config --local --get-regexp 'json|delta' || :)" ""
    [ ! -e .gitattributes ]
    sed -i s/80/81/ config.json
    run -0 git diff
    [[ $output == *'~ /port  80 -> 81'* ]] || fail "$output"
    git config --global core.attributesFile "~/own attributes"
    run -1 git delta-setup --global --check
    run -0 git delta-setup --global
    grep -qxF '*.json diff=json merge=json' "$HOME/own attributes"
    run -0 git delta-setup --global --uninstall
    run -1 git delta-setup --global --check
    assert_equal "$(cat "$HOME/own attributes")" ""
}

@test "after delta-setup git shows, merges and converts" {
    git delta-setup >/dev/null
    delta-chain add state.history config.json
    git add .
    git commit -q -m setup
    git checkout -q -b theirs
    printf '{\n  "name": "web",\n  "port": 81\n}\n' >config.json
    git commit -q -a -m theirs
    git checkout -q main
    printf '{\n  "name": "shop",\n  "port": 80\n}\n' >config.json
    git commit -q -a -m ours
    run -0 git merge -q -m merged theirs
    assert_equal "$(cat config.json)" '{
  "name": "shop",
  "port": 81
}'
    run -0 git show --ext-diff --format=%s HEAD~1
    [[ $output == *'~ /name  "web" -> "shop"'* ]] || fail "$output"
    delta-chain add state.history config.json
    run -0 git diff state.history
    [[ $output == *'+~ /name  "web" -> "shop"'* ]] || fail "$output"
}

@test "a conflict is git's conflict" {
    git delta-setup >/dev/null
    git add .
    git commit -q -m setup
    git checkout -q -b theirs
    sed -i 's/80/81/' config.json
    git commit -q -a -m theirs
    git checkout -q main
    sed -i 's/80/82/' config.json
    git commit -q -a -m ours
    run -1 git merge -q -m merged theirs
    [[ $output == *'delta-merge: warning: config.json: conflict at /port: '*'(base 80, ours 82, theirs 81)'* ]] ||
        fail "$output"
    assert_equal "$(git diff --name-only --diff-filter=U)" config.json
    assert_equal "$(cat config.json)" '{
  "name": "web",
<<<<<<< ours
  "port": 82
=======
  "port": 81
>>>>>>> theirs
}'
    assert_equal "$(git status --porcelain --untracked-files)" 'UU config.json'
}

@test "JSON with comments is merged by lines, as git alone does" {
    git delta-setup >/dev/null
    printf '{\n  // names\n  "a": 1,\n  "b": 1,\n  "c": 1,\n  "d": 1,\n}\n' >tsconfig.json
    git add .
    git commit -q -m setup
    git checkout -q -b theirs
    sed -i 's/"d": 1/"d": 2/' tsconfig.json
    git commit -q -a -m theirs
    git checkout -q main
    sed -i 's/"a": 1/"a": 2/' tsconfig.json
    git commit -q -a -m ours
    git merge -q -m merged theirs
    assert_equal "$(cat tsconfig.json)" '{
  // names
  "a": 2,
  "b": 1,
  "c": 1,
  "d": 2,
}'
}

@test "a criss-cross merge is a conflict in both directions" {
    git delta-setup >/dev/null
    git add .
    git commit -q -m setup
    git checkout -q -b b
    sed -i 's/80/3/' config.json
    git commit -q -a -m b1
    git checkout -q main
    sed -i 's/80/2/' config.json
    git commit -q -a -m a1
    git checkout -q -b a
    run ! git merge -q -m x b
    printf '{\n  "name": "web",\n  "port": 2\n}\n' >config.json
    git commit -q -a -m a2
    git checkout -q b
    run ! git merge -q -m x main
    printf '{\n  "name": "web",\n  "port": 3\n}\n' >config.json
    git commit -q -a -m b2
    run ! git merge -q -m x a
    git merge --abort
    git checkout -q a
    run ! git merge -q -m x b
}

@test "git log -p, show --stat, difftool and submodules go on as before" {
    git delta-setup >/dev/null
    git add .
    git commit -q -m setup
    sed -i s/80/81/ config.json
    git commit -q -a -m changed
    run -0 git log -p --ext-diff -1 --format=%s
    [[ $output == *'~ /port  80 -> 81'* ]] || fail "$output"
    run -0 git show --stat --format=%s
    [[ $output == *'config.json | 2 +-'* ]] || fail "$output"
    run -0 git difftool -y -x 'delta-diff -f text --exit-zero' HEAD~1
    [[ $output == *'~ /port  80 -> 81'* ]] || fail "$output"
    git init -q ../module.json
    git -C ../module.json commit -q --allow-empty -m module
    git -c protocol.file.allow=always submodule --quiet add "$PWD/../module.json" module.json
    git commit -q -m submodule
    git -C module.json commit -q --allow-empty -m more
    run -0 git diff
    [[ $output == *'Subproject commit'* ]] || fail "$output"
}
