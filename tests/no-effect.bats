# An option that has no effect in a mode is refused there, rather than ignored.

load helpers

setup()
{
    cd "$BATS_TEST_TMPDIR" || return
    echo '{"a":1,"l":[{"id":1}]}' >old.json
    echo '{"a":2,"l":[{"id":1}]}' >new.json
    mkdir -p old new
    cp old.json old/1.json
    cp new.json new/1.json
}

# refused COMMAND REST...: reads rows MODE|OPTION|OPTION..., each option of which is refused in its
# mode, in one line that names it, while the mode alone is not.
refused()
{
    local command=$1 mode option line name output
    shift
    while IFS='|' read -r mode line; do
        output='-o out'
        [ "$mode" != --brief ] || output=''
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$command" $output $mode "$@"
        [ "$status" -lt 2 ] || fail "$mode alone: $stderr"
        while [ -n "$line" ]; do
            option=${line%%|*}
            [ "$option" = "$line" ] && line='' || line=${line#*|}
            name=${option%%[= ]*}
            # shellcheck disable=SC2086 # words
            run -2 --separate-stderr "$command" $output $mode $option "$@" || fail "$mode $option"
            [[ $stderr == "$command: "*" has no effect with "* ]] || fail "$mode $option: $stderr"
            [[ $stderr == *"$name "* || $name == -f ]] || fail "$mode $option: $stderr"
            [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$mode $option: $stderr"
        done
    done
}

records='--strategy=reference|--compress|--standalone|--reversible|--include-unchanged|--metadata=k=v'
records+='|--timestamp=5'

@test "delta-diff: options of records, where no record is written" {
    for format in text changes github markdown junit sarif html merge-patch; do
        refused delta-diff old.json new.json <<<"--format=$format|$records|--shallow"
    done
    refused delta-diff old.json new.json <<<"--format=json-patch|$records"
    refused delta-diff old.json new.json <<<"--stat|$records|--shallow"
    refused delta-diff old.json new.json <<<"--brief|$records|--shallow"
    for format in text changes github markdown junit sarif html; do
        refused delta-diff old new <<<"--format=$format|$records|--shallow"
    done
    refused delta-diff old.json new.json \
        <<<'--format=bsdiff|--strategy=dict|--compress|--standalone|--include-unchanged|--metadata=k=v|--timestamp=5|--shallow'
}

@test "delta-diff: options that another one leaves nothing to do" {
    refused delta-diff old.json new.json <<'END'
--brief|--stat|--report|--width=4|-f html|-f packed|-f changes|--output=out
--strategy=compress|--shallow
--strategy=binary|--shallow
--stat|-f html|-f changes|-f json-patch
--format=html|--report
--format=changes|--report
--format=json|--standalone
--exit-zero|--fail-on=add
END
    cp new.json stream
    refused delta-diff stream <<<'--ndjson|--exit-zero|--fail-on=add|--standalone'
    # git's arguments
    git_options=(path old.json 1234567 100644 new.json 89abcde 100644)
    refused delta-diff "${git_options[@]}" \
        <<<"--git|--brief|--stat|--width=4|--exit-zero|--report|-f packed|-f json-patch|$records"
    refused delta-diff old.json <<<"--canonical|$records|--only=/a|--brief|--stat|--exit-zero|--numeric"
    refused delta-diff old.json <<<"--digest|$records|--only=/a|--brief|--stat|--exit-zero|--numeric"
}

@test "delta-diff: options of many things" {
    echo '{"k":"x","t":5}' >one
    echo '{"k":"x","t":6}' >two
    refused delta-diff one two <<'END'
--by=/k|--include=*.json|--exclude=x|--stat|--end-when=/t=6
--by=/k --format=text|--time-from=/t
--by=/k --format=changes|--time-from=/t
END
    refused delta-diff two <<<'--ndjson --by=/k --format=text|--time-from=/t'
    run -2 --separate-stderr delta-diff --end-when=/t one two
    assert_one_error delta-diff '^delta-diff: --end-when needs --by or --keyed'
}

@test "delta-diff: options that exclude each other are refused once, not for each file" {
    cp old.json old/2.json
    cp new.json new/2.json
    run -2 --separate-stderr delta-diff --mask=/a --reversible old new
    assert_one_error delta-diff '^delta-diff: --mask cannot be combined with --reversible: '
    for strategy in binary reference compress none; do
        run -2 --separate-stderr delta-diff --mask=/a --strategy=$strategy old new
        assert_one_error delta-diff '^delta-diff: --mask cannot be combined with --strategy: '
        run -2 --separate-stderr delta-diff -r --strategy=$strategy old new
        assert_one_error delta-diff '^delta-diff: --reversible cannot be combined with --strategy: '
    done
    run -1 delta-diff --mask=/a --strategy=dict old new
    run -1 delta-diff -r --strategy=dict old new
}

@test "delta-apply: --any-base where no base is checked" {
    run -1 delta-diff -f merge-patch -o patch old.json new.json
    refused delta-apply old.json patch <<<'--format=merge-patch|--any-base'
    run -1 delta-diff -f json-patch -o patch old.json new.json
    refused delta-apply old.json patch <<<'--format=json-patch|--any-base'
    run -1 delta-diff -f bsdiff -o patch old.json new.json
    refused delta-apply old.json patch <<<'--format=bsdiff|--any-base'
    run -1 delta-diff -s none -o full old.json new.json
    refused delta-apply full <<<'--no-base|--any-base'
}

@test "delta-apply: --indent where the layout is kept" {
    run -1 delta-diff -o record old.json new.json
    cp old.json file
    for indent in --indent --indent=0 --indent=4; do
        run -2 --separate-stderr delta-apply -i $indent file record
        assert_one_error delta-apply '^delta-apply: --indent has no effect with --in-place'
        assert_same_bytes old.json file
    done
}

@test "delta-merge: options of records, where none is written" {
    run -1 delta-diff -o record old.json new.json
    refused delta-merge record <<'END'
--format=text|--metadata=k=v|--timestamp=5|--standalone
--base=old.json --format=json-patch|--metadata=k=v|--timestamp=5|--standalone
--base=old.json --format=merge-patch|--metadata=k=v|--timestamp=5|--standalone
--base=old.json --format=bsdiff|--metadata=k=v|--timestamp=5|--standalone
--format=json|--standalone
END
}
