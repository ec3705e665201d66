-- The log: the records of many things. A row follows one of its key (0: begins it), and no other does.
create table delta_log (
    place bigint generated always as identity primary key, -- in the order of commits, by the lock
    key text not null, after bigint not null, unique (key, after),
    source text, seq numeric(20), unique (key, source, seq), target text, record text not null);
-- Adds the records of a key, one a line, as far as they follow its tip or are there.
create function delta_put(k text, records text) returns text language plpgsql as $$
declare r text; s text; m text[]; old delta_log; tip delta_log; at bigint = 0; added int = 0;
begin lock table delta_log in share row exclusive mode;
    select * into tip from delta_log where key = k order by after desc limit 1;
    foreach r in array string_to_array(trim(e'\n' from records), e'\n') loop
        s = substring(r, '"source":"((?:[^"\\]|\\.)*)","seq":'); -- within strings, quotes are escaped
        m = regexp_match(r, '","seq":(\d+)(?:,"base":"(\w+)")?(?:,"target":"(\w+)")?');
        select * into old from delta_log where (key, source, seq) = (k, s, m[1]::numeric);
        if old.place > 0 and old.target is not distinct from m[3] then at = old.place; continue; end if;
        if old.place > 0 or (at, m[2]) is distinct from (coalesce(tip.place, 0), tip.target)
            then return format(e'%s\tfork: %s does not follow %s', k, m[1], tip.seq); end if;
        insert into delta_log values (default, k, at, s, m[1]::numeric, m[3], r) returning * into tip;
        at = tip.place; added = added + 1;
    end loop; return format(e'%s\t%s added', k, added); end $$;
