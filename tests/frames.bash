# Histories whose frames a test damages:  load frames

# The states 0.json to 3.json; a history "h" of them, each with a keyframe, state 0 alone without a
# record; and "frames", a line for each frame: its kind, its index, where it begins.
make_frames()
{
    delta-chain init --max-chain-length=1 h
    for i in 0 1 2 3; do
        echo "{\"i\":$i}" >$i.json
        delta-chain add -t "$i" -m "n=$i" h $i.json
    done
    python3 - >frames <<'END'
data = open("h", "rb").read()
at = 80
while at < len(data):
    print(data[at + 4], int.from_bytes(data[at + 8:at + 12], "little"), at)
    at += 80 + int.from_bytes(data[at + 16:at + 22], "little")
END
}

# flip_bit FILE KIND INDEX OFFSET: one bit of a file like "h", in this frame.
flip_bit()
{
    python3 - "$1" "$(awk -v kind="$2" -v i="$3" '$1 == kind && $2 == i { print $3 }' frames)" "$4" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    at = int(sys.argv[2]) + int(sys.argv[3])
    file.seek(at)
    byte = file.read(1)[0]
    file.seek(at)
    file.write(bytes([byte ^ 1]))
END
}
