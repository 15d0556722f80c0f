# shellcheck shell=bash
# Streams of bytes through shared memory, between our library and Xen's own, each as the server and as the client; what is left
# when one of them is killed; and what the device files below do, in a guest and in dom0.

start_guest vchan 3 program=none memory=192
id=$(dom0 "xl domid vchan")
before=$(held vchan)

# behind NAME COMMAND: starts a program in the guest, which says on the console how it ends.
behind() {
    in_guest vchan "{ $2; echo \"$1 ended with \$?\"; } >/dev/hvc0 2>&1 &"
}

# ended NAME STATUS
ended() {
    console_shows vchan "$1 ended with $2" 60
}

step "the device files, in the guest and in dom0"
dom0 "vchan probe"
in_guest vchan "vchan probe >/tmp/probe; status=\$?; grep -v ': ok: ' /tmp/probe; exit \$status"

step "ours serves, Xen's library streams: rings in the shared page, of a page, and of many"
for rings in "1024 2048" "2048 1024" "4096 4096" "65536 1048576"; do
    name=ours-${rings/ /-}
    behind "$name" "vchan listen 0 data/$name echo $rings"
    dom0 "await 60 xenstore-exists /local/domain/$id/data/$name/event-channel &&
        libvchan-peer client $id /local/domain/$id/data/$name stream 2000000"
    ended "$name" 0
done

step "Xen's library serves, ours streams"
for rings in "1024 2048" "2048 1024" "4096 4096" "65536 1048576"; do
    name=theirs-${rings/ /-}
    dom0 "libvchan-peer server $id data/$name echo $rings >/tmp/$name.log 2>&1 &"
    behind "$name" "vchan connect 0 data/$name stream 2000000"
    ended "$name" 0
    dom0 "echoed() { grep 'echoed 2000000 bytes' /tmp/$name.log; }; await 60 echoed"
done

step "ours on both sides, each streaming what the other sends back"
dom0 "vchan listen $id data/both-1 echo >/tmp/both.log 2>&1 & vchan listen $id data/both-2 stream 1500000 >>/tmp/both.log 2>&1 &"
behind both-1 "vchan connect 0 data/both-1 stream 1500000"
behind both-2 "vchan connect 0 data/both-2 echo"
ended both-1 0
ended both-2 0

step "a side that is killed: its kernel says so, and the other reads its end"
dom0 "libvchan-peer server $id data/killed-1 echo >/dev/null 2>&1 & echo \$! >/tmp/killed.pid"
behind killed-1 "vchan connect 0 data/killed-1 echo"
console_shows vchan "vchan: connected" 60
dom0 "kill -9 \$(cat /tmp/killed.pid)"
ended killed-1 0
behind killed-2 "vchan listen 0 data/killed-2 echo & sleep 5; kill -9 \$!; wait \$!"
dom0 "await 60 xenstore-exists /local/domain/$id/data/killed-2/event-channel
    libvchan-peer client $id /local/domain/$id/data/killed-2 stream 1000000000; [ \$? -eq 1 ]"
ended killed-2 137

step "nothing is left"
expect "what the guest holds" "$before" "$(held vchan)"
# Who was killed has withdrawn nothing.
expect "what is left in xenstore" "killed-2 " "$(dom0 "xenstore-list /local/domain/$id/data | grep -v '^run$\|^ran$\|^output$\|^netstack-' | tr '\n' ' '")"
expect "what is left in dom0's" "killed-1 " "$(dom0 "xenstore-list /local/domain/0/data | tr '\n' ' '")"
step "a guest that is saved and restored: its channel ends with words, and another is opened"
in_guest vchan "vchan listen 0 data/saved echo >/tmp/saved 2>&1 &"
dom0 "await 60 xenstore-exists /local/domain/$id/data/saved/event-channel
    xl save vchan /tmp/vchan.save >/dev/null 2>&1 && xl restore /tmp/vchan.save >/dev/null 2>&1 && rm /tmp/vchan.save"
id=$(dom0 "xl domid vchan")
said_so() {
    in_guest vchan "grep 'this domain was restored' /tmp/saved"
}
await 60 said_so
in_guest vchan "vchan listen 0 data/again echo >/tmp/again 2>&1 &"
dom0 "await 60 xenstore-exists /local/domain/$id/data/again/event-channel &&
    libvchan-peer client $id /local/domain/$id/data/again stream 2000000"

report "streams between our vchan and Xen's library in both roles, each byte compared"
