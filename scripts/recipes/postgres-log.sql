-- The log: the records of many things, those of each thing in the order of their serial numbers.
create table delta_log (
    place bigint generated always as identity unique, -- in the order of commits, see the lock
    key text check (key ~ '^[A-Za-z0-9_][A-Za-z0-9._-]*$'), -- it becomes the name of a file
    seq numeric(20), source text not null, target text, record text not null,
    primary key (key, seq)
);
-- Puts a record if it leads on from the tip of its key. Members are looked for before the first
-- brace, where a string cannot look like one: its quotes are escaped.
create function delta_put(k text, r text) returns text language plpgsql as $$
declare h text = substring(r, '^.[^{]*'); tip delta_log; old delta_log; new delta_log =
    (0, k, substring(h, '"seq":(\d+)'), substring(h, '"source":"(.*?)","seq"'), substring(h, '"target":"(\w+)"'), r);
begin lock table delta_log in share row exclusive mode;
    select * into old from delta_log where key = k and seq = new.seq;
    if (old.source, old.target) is not distinct from (new.source, new.target) then return 'known'; end if;
    select * into tip from delta_log where key = k order by seq desc limit 1;
    if new.seq <= tip.seq or substring(h, '"base":"(\w+)"') is distinct from tip.target
        then raise 'fork: %, % does not follow %', k, new.seq, tip.seq; end if;
    insert into delta_log values (default, k, new.seq, new.source, new.target, r); return 'added';
end $$;
