# Files of rules and the shipped profiles.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    unset DELTA_RULES
    mkdir -p a/x b/x
    echo '{"n":1,"t":1,"s":"x","o":[1,2]}' | tee a/p.json >a/x/q.json
    echo '{"n":2,"t":2,"s":"y","o":[2,1]}' | tee b/p.json >b/x/q.json
}

# changes RULES...: what is left of a/p.json to b/p.json
changes()
{
    delta-diff -f changes "$@" a/p.json b/p.json | jq -r .path | tr '\n' ' '
}

@test "rules: the options of a file, quoted as a shell does it" {
    cat >rules <<'END'
# a comment
--ignore=/n
	--ignore '/t'  # and one behind

--unordered "/o"
--mask=/s
END
    assert_equal "$(changes --rules=./rules)" '/s '
    run -1 delta-diff -f text --rules=./rules a/p.json b/p.json
    [[ $output != *x*y* && $output == *'***'* ]]
    # several files and the command line add up
    echo "--ignore=/s" >more.rules
    assert_equal "$(changes --rules=./rules --rules="$PWD/more.rules")" ''
    assert_equal "$(changes --rules=./more.rules --ignore=/n)" '/o/1 /t '
    printf -- '--ignore="/\\"k"\n--ignore=/a\\ b\r\n' >quoted
    printf '{"\\"k":1,"a b":1}' >o.json
    echo '{}' >n.json
    run -0 delta-diff -q --rules=./quoted o.json n.json
}

@test "rules: an error is reported with its file and line" {
    local row
    while IFS='|' read -r row pattern; do
        printf '#\n%s\n' "$row" >rules
        run -2 --separate-stderr delta-diff -q --rules=./rules a b
        assert_one_error delta-diff "^delta-diff: \./rules:2: $pattern"
    done <<'END'
--verbose|--verbose is not allowed in a rules file
--rules=x|--rules is not allowed in a rules file
ignore=/a|expected an option
--ignore|option '--ignore' requires an argument
--ignore=a|--ignore requires a JSON Pointer
--ignore=/a~2|--ignore requires a JSON Pointer
--ignore /a /b|one option a line
--numeric=1|option '--numeric' takes no argument
--array-key=/a|--array-key requires
--ignore='/a|a quote is not closed
[x|expected a section
[]|expected a section
[x] y|expected a section
END
    printf '[x]\n--include=*.txt\n' >rules
    run -2 --separate-stderr delta-diff -q --rules=./rules a b
    assert_one_error delta-diff '^delta-diff: \./rules:2: --include is not allowed in a section'
    run -2 --separate-stderr delta-diff -q --rules=./missing a b
    assert_one_error delta-diff 'missing'
    run -2 --separate-stderr delta-diff -q --rules=missing a b
    assert_one_error delta-diff 'kubernetes, openapi, package-lock, terraform-state'
    for i in $(seq 65); do echo "[$i]"; done >rules
    run -2 --separate-stderr delta-diff -q --rules=./rules a b
    assert_one_error delta-diff '^delta-diff: \./rules:65: more than 64 sections'
}

@test "rules: sections are for the files that match" {
    printf -- '--ignore=/t\n[q.json]\n--ignore=/n\n[x/*.json]\n--ignore=/s\n[**/p.json]\n--ignore=/o\n' >rules
    run -1 delta-diff -f changes --rules=./rules a b
    assert_equal "$(jq -r '.key+.path' <<<"$output")" 'p.json/n
p.json/s
x/q.json/o/1'
    # the records lead to just that
    delta-diff --rules=./rules a b >records || true
    run -0 delta-apply -i a records
    assert_equal "$(jq -c . a/p.json)" '{"n":2,"t":1,"s":"y","o":[1,2]}'
    run -0 delta-diff -q --rules=./rules a b
    # two files: the path of the new one
    echo '{"n":1}' >o.json
    echo '{"n":2}' >q.json
    run -0 delta-diff -q --rules=./rules o.json q.json
    run -1 delta-diff -q --rules=./rules q.json o.json
}

@test "rules: --include and --exclude choose files of directories" {
    printf -- '--include=*.json\n--exclude=x\n' >rules
    run -1 delta-diff -f text --rules=./rules a b
    assert_equal "${lines[-1]}" '1 file changed'
    run -1 delta-diff -q --rules=./rules a/p.json b/p.json # nothing to choose from
}

@test "rules: DELTA_RULES counts for people and reports, not for records" {
    printf -- '--ignore=/%s\n' n t s o >rules
    export DELTA_RULES=./rules
    for format in text changes github markdown junit sarif; do
        run -0 delta-diff -f "$format" a/p.json b/p.json
    done
    run -0 delta-diff --stat a/p.json b/p.json
    run -1 delta-diff a/p.json b/p.json
    run -1 delta-diff -q a/p.json b/p.json
    run -1 delta-diff -f json-patch a/p.json b/p.json
    DELTA_RULES='' run -1 delta-diff -f text a/p.json b/p.json
    DELTA_RULES=missing run -2 --separate-stderr delta-diff -f text a b
}

@test "rules: where they have no effect they are refused" {
    echo '--ignore=/n' >rules
    run -2 --separate-stderr delta-diff --canonical --rules=./rules a/p.json
    assert_one_error delta-diff '--rules has no effect with --canonical'
    echo '--mask=/n' >rules
    run -2 --separate-stderr delta-diff -f json-patch --rules=./rules a/p.json b/p.json
}

@test "rules: a stream of states and a history take them, too" {
    printf -- '--ignore=/t\n' >rules
    jq -c . a/p.json b/p.json >states
    run -0 delta-diff --ndjson --rules=./rules states
    assert_equal "$(jq -c 'select(.strategy=="dict")|[.changes,.nested]|tostring|contains("\"t\"")' \
        <<<"$output")" false
    delta-chain add h a/p.json
    delta-chain add h b/p.json
    run -0 delta-chain show --rules=./rules h 1
    [[ $output != */t* && $output == */n* ]]
}

# A Deployment as a server returns it; the arguments are what it writes itself.
deployment()
{
    jq -n --arg v "$1" --argjson replicas "$2" --arg t "$3" '{apiVersion:"apps/v1",kind:"Deployment",
        metadata:{name:"web",namespace:"d",uid:$v,resourceVersion:$v,generation:($v|tonumber),
            creationTimestamp:$t,managedFields:[{manager:"k",time:$t}],
            annotations:{"deployment.kubernetes.io/revision":$v,team:"a",
                "kubectl.kubernetes.io/last-applied-configuration":("{\"v\":"+$v+"}")}},
        spec:{replicas:$replicas,template:{spec:{containers:[
            {name:"a",image:"a:1",env:[{name:"X",value:"1"},{name:"Y",value:"2"}]},
            {name:"b",image:"b:1"}]}}},
        status:{observedGeneration:($v|tonumber),conditions:[{type:"Available",lastUpdateTime:$t}]}}'
}

@test "kubernetes: what the server writes does not count, what people write does" {
    deployment 1 2 10:00 >o.json
    deployment 7 2 11:00 >n.json
    run -0 delta-diff -f text --rules=kubernetes o.json n.json
    assert_equal "$output" ""
    jq -n '{kind:"List",items:[inputs]}' o.json >ol.json
    jq -n '{kind:"List",items:[inputs]}' n.json >nl.json
    run -0 delta-diff -f text --rules=kubernetes ol.json nl.json
    assert_equal "$output" ""
    deployment 8 3 11:00 | jq '.spec.template.spec.containers|=([{name:"c",image:"c"}]+.)
        |.spec.template.spec.containers[1].env[1].value="3"' >n.json
    run -1 delta-diff -f text --rules=kubernetes o.json n.json
    assert_equal "$output" '~ /spec/replicas  2 -> 3
+ /spec/template/spec/containers/0 {name=c}  {"name":"c","image":"c"}
~ /spec/template/spec/containers/1/env/1/value {name=a, name=Y}  "2" -> "3"
1 added, 2 changed'
    echo '{"kind":"Secret","data":{"password":"zzzz"}}' >o.json
    echo '{"kind":"Secret","data":{"password":"wwww"}}' >n.json
    for format in text changes github markdown junit sarif json; do
        run -1 delta-diff -f "$format" --rules=kubernetes o.json n.json
        [[ $output == *password* || $format == junit ]]
        [[ $output != *zzzz* && $output != *wwww* ]] || fail "$format: $output"
    done
    jq -c '{items:[.,{kind:"ConfigMap",data:{x:"cc"}}]}' o.json >ol.json
    jq -c '{items:[.,{kind:"ConfigMap",data:{x:"dd"}}]}' n.json >nl.json
    run -1 delta-diff -f text --rules=kubernetes ol.json nl.json
    [[ $output == *'"cc" -> "dd"'* && $output != *wwww* ]]
}

@test "kubernetes: an object of another name is another object, with a namespace or without" {
    jq -nc '{kind:"List",items:[(["Namespace",null,"prod"],["ClusterRole",null,"prod"],
        ["Deployment","prod","web"],["Service","prod","web"])
        |{kind:.[0],metadata:({name:.[2]}+if .[1] then {namespace:.[1]} else {} end),spec:1}]}' >l.json
    jq -c '.items|=reverse|.items[1].metadata.name="api"|.items[2].spec=2' l.json >m.json
    run -1 delta-diff -f changes --rules=kubernetes l.json m.json
    assert_equal "$(jq -rc 'select(.op != "move") | [.op, .label // .new.kind, .path]' <<<"$output")" \
        '["remove","kind=Deployment, namespace=prod, name=web","/items/2"]
["add","kind=Deployment, namespace=prod, name=api","/items/1"]
["change","kind=ClusterRole, name=prod","/items/2/spec"]'
    # A list of one kind, as the API itself returns it.
    jq -c '.items|=map(del(.kind))|.items|=.[2:3]' l.json >p.json
    jq -c '.items[0].spec=2' p.json >q.json
    run -1 delta-diff -f text --rules=kubernetes p.json q.json
    assert_equal "${lines[0]}" '~ /items/0/spec {namespace=prod, name=web}  1 -> 2'
}

@test "kubernetes: a Secret that was added or removed shows nothing of its values" {
    jq -n '{kind:"Secret",type:"Opaque",metadata:{name:"s",annotations:{
        "kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"p\":\"s3cret\"}}"}},
        data:{p:"s3cret"},stringData:{p:"s3cret"}}' >secret.json
    mkdir old new
    cp secret.json new
    echo '{"kind":"List","items":[]}' >none.json
    jq '{kind:"List",items:[.]}' secret.json >list.json
    # As the API itself returns it.
    jq '{kind:"SecretList",items:[del(.kind,.stringData)]}' secret.json >raw.json
    for format in text changes github markdown junit sarif html json; do
        for pair in 'old new' 'new old' 'none.json list.json' 'list.json none.json' \
            '/dev/null raw.json' 'raw.json /dev/null' '/dev/null secret.json'; do
            # shellcheck disable=SC2086 # two operands
            run -1 delta-diff -f "$format" --rules=kubernetes $pair
            [[ $output != *s3cret* ]] || fail "$format $pair: $output"
        done
    done
}

@test "terraform-state: serial numbers do not count, secrets are masked" {
    jq -n '{version:4,serial:1,terraform_version:"1.5",outputs:{p:{value:"s3cret",sensitive:true}},
        resources:[{type:"t",name:"n",instances:[{attributes:{id:"i",size:"large",region:"eu",password:"s3cret"},private:"x",
        dependencies:["a","b"]}]}]}' >o.json
    jq '.serial=2|.terraform_version="1.6"|.resources[0].instances[0].private="y"
        |.resources[0].instances[0].dependencies=["b","a"]' o.json >n.json
    run -0 delta-diff -f text --rules=terraform-state o.json n.json
    jq '.outputs.p.value="other1"|.resources[0].instances[0].attributes|=(.password="other1"|.id="j")' \
        n.json >m.json
    run -1 delta-diff -f text --rules=terraform-state o.json m.json
    [[ $output != *s3cret* && $output != *other1* && $output == *'"i" -> "j"'* ]] || fail "$output"
    jq '.resources[0].instances[0]|=(.private="s3cret"|.attributes|={access_key:.password,name:"x"})' \
        o.json >n.json
    run -1 delta-diff -f changes --rules=terraform-state /dev/null n.json
    [[ $output != *s3cret* && $output == *'"name":"x"'* ]] || fail "$output"
}

@test "package-lock: versions and checksums count" {
    jq -n '{lockfileVersion:3,packages:{"node_modules/a":{version:"1.0.0",resolved:"https://r/a",
        integrity:"sha512-x",license:"MIT",engines:{node:">=4"}}}}' >o.json
    jq '.packages[].resolved="https://mirror/a"|.packages[].license="ISC"' o.json >n.json
    run -0 delta-diff -q --rules=package-lock o.json n.json
    jq '.packages[].version="1.0.1"|.packages[].integrity="sha512-y"' n.json >m.json
    run -1 delta-diff -f text --rules=package-lock o.json m.json
    assert_equal "${lines[-1]}" '2 changed'
}

@test "openapi: the interface counts, prose does not" {
    jq -n '{openapi:"3.0.0",info:{title:"t"},paths:{"/p":{get:{summary:"s",parameters:[
        {name:"a",in:"query",description:"d"},{name:"b",in:"query"}],responses:{"200":{description:"o"}}}}},
        components:{schemas:{S:{required:["x","y"],properties:{description:{type:"string"}}}}}}' >o.json
    jq '.info.title="u"|.paths["/p"].get.summary="v"|.paths["/p"].get.parameters[0].description="e"
        |.components.schemas.S.required=["y","x"]' o.json >n.json
    run -0 delta-diff -f text --rules=openapi o.json n.json
    jq '.components.schemas.S.properties.description.type="integer"' n.json >m.json
    run -1 delta-diff -f text --rules=openapi o.json m.json
    assert_equal "${lines[0]}" \
        '~ /components/schemas/S/properties/description/type  "string" -> "integer"'
    jq '.paths["/p"].get.parameters|=.[1:]' n.json >m.json
    run -1 delta-diff -f text --rules=openapi o.json m.json
    assert_equal "$(cut -c1-40 <<<"${lines[0]}")" '- /paths/~1p/get/parameters/0 {name=a}  '
}

@test "rules: profiles are found where the commands are installed" {
    under_sanitizers && skip "the library needs the sanitizers' own flags"
    make -s -C "$TOP" install BUILD="$DELTA_BIN" DESTDIR="$PWD/root" PREFIX=/usr >/dev/null
    run -0 "$PWD/root/usr/bin/delta-diff" -q --rules=kubernetes a/p.json a/p.json
    run -0 cmp root/usr/share/delta-tools/rules/kubernetes "$TOP/cmd/rules/kubernetes"
}

@test "rules: --explain says what each rule left out" {
    printf -- '--ignore=/t\n--ignore=/none\n--unordered=/o\n[x/*]\n--ignore=/n\n' >rules
    for options in -q '-f text' '-f json' '-f changes' '-f github'; do
        # shellcheck disable=SC2086
        run -1 --separate-stderr delta-diff $options --explain --rules=./rules --mask=/s a b
        assert_equal "$stderr" 'delta-diff: --ignore=/t (./rules:1): 2 changes left out
delta-diff: --ignore=/none (./rules:2): 0 changes left out
delta-diff: --ignore=/n (./rules:5): 1 change left out
delta-diff: --mask=/s: 2 changes masked
delta-diff: --unordered=/o (./rules:3): 2 changes left out'
        # shellcheck disable=SC2086
        run -1 --separate-stderr delta-diff $options --explain --only=/s --numeric a/p.json b/p.json
        assert_equal "$stderr" 'delta-diff: --only: 3 changes left out
delta-diff: --numeric: 0 changes left out'
    done
    for options in '' --array-key=/o=id; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr delta-diff $options --explain a b
        assert_one_error delta-diff 'none is given'
    done
    run -2 delta-diff --explain --ignore=/a --digest a/p.json
}

@test "rules: --explain reports tolerances, and what sections hold" {
    echo '{"n":10,"m":1.0,"k":"x"}' >one.json
    echo '{"n":11,"m":1,"k":"y"}' >two.json
    printf -- '--tolerance=/n=1\n[two.json]\n--tolerance=/n=0\n--numeric\n[*.yaml]\n--keys-only\n' >rules
    run -1 --separate-stderr delta-diff -q --explain --tolerance=/n=10% --rules=./rules \
        one.json two.json
    assert_equal "$stderr" 'delta-diff: --tolerance=/n=10%: 1 change left out
delta-diff: --tolerance=/n=1 (./rules:1): 1 change left out
delta-diff: --tolerance=/n=0 (./rules:3): 0 changes left out
delta-diff: --numeric (./rules:4): 1 change left out
delta-diff: --keys-only (./rules:6): 0 changes left out'
}

@test "rules: any bytes are read or refused, in one line" {
    python3 - <<'PY'
import os, random, subprocess
seed = int.from_bytes(os.urandom(4), "big")
print("SEED", seed)
r = random.Random(seed)
pieces = [b"--ignore", b"=", b"/", b"/a", b"--only ", b"--mask=/s", b"--numeric", b"[", b"]", b"*", b"'", b'"',
          b"\\", b" ", b"\t", b"\n", b"\n", b"\n", b"#", b"--array-key=/o=id", b"--exclude=x", b"**", b"\xff",
          b"\0", b"\r", b"--embedded=/s", b"--keys-only", b"--unordered=/o", b"[m=v]", b"~", b"~1"]
for _ in range(150):
    with open("rules", "wb") as f:
        f.write(b"".join(r.choice(pieces) for _ in range(r.randrange(30))))
    got = subprocess.run(["delta-diff", "-q", "--rules=./rules", "a", "b"], capture_output=True)
    assert got.returncode in (0, 1, 2), got
    assert (got.returncode == 2) == (got.stderr != b""), got
    assert got.stderr.count(b"\n") == (got.returncode == 2), got
PY
}
