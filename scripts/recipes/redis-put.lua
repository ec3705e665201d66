-- Appends the records of a key, one a line, to its stream, each under its serial number, as far as they
-- follow the last one or are there.
local stream, added, at, tip, state = KEYS[1], 0, nil, nil, nil
local function parts(record) -- what looks like a member within a string has escaped quotes
    local source, seq, rest = record:match([["source":"(.-)","seq":(%d+)(.*)]])
    return source, seq .. "-1", rest:match([[^[^{]-"target":"(%x+)"]]), rest:match([[^,"base":"(%x+)"]])
end
for _, last in ipairs(redis.call("XREVRANGE", stream, "+", "-", "COUNT", 1)) do _, tip, state = parts(last[2][2]) end
for record in ARGV[1]:gmatch("[^\n]+") do
    local source, id, target, base = parts(record)
    local old = redis.call("XRANGE", stream, id, id)[1]
    local its_source, _, its_target = parts(old and old[2][2] or record)
    if its_source ~= source or its_target ~= target or not old and (at ~= tip or base ~= state) then
        return {err = "FORK " .. stream .. ": " .. id .. " does not follow " .. (tip or "nothing")} end
    if not old then redis.call("XADD", stream, id, "record", record) end
    if not old then tip, state, added = id, target, added + 1 end
    at = id
end
return stream .. "\t" .. added .. " added"
