#!/bin/sh
# Makes messages.tsv and malformed.tsv beside this script: every DNS message over UDP in the captures of the tests of
# tcpdump and Zeek, with what tshark reads in it. Usage: extract.sh DIRECTORY, which holds tcpdump/ and zeek/.
# Made with tshark 4.0.17. Fields of one name are joined by '|'.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
fields="frame.number udp.payload dns.id dns.flags
    dns.qry.name dns.qry.type dns.resp.name dns.resp.type dns.resp.ttl
    dns.a dns.aaaa dns.cname dns.ns dns.ptr.domain_name
    dns.mx.preference dns.mx.mail_exchange
    dns.soa.mname dns.soa.rname dns.soa.serial_number dns.soa.refresh_interval dns.soa.minimum_ttl
    dns.txt dns.srv.priority dns.srv.weight dns.srv.port dns.srv.target"

extract() { # OUTPUT FILTER FIELDS
    options=""
    for field in $3; do
        options="$options -e $field"
    done
    printf 'file' > "$1"
    for field in $3; do
        printf '\t%s' "$field" >> "$1"
    done
    printf '\n' >> "$1"
    # dns-badlabel is left out: 64 KB from the same fuzzer as dns_fwdptr.
    for file in tcpdump/dns[!-]*.pcap tcpdump/dns-badcookie.pcap tcpdump/dns-badvers.pcap tcpdump/dns-uri.pcap zeek/dns/*.pcap zeek/dnssec/*.pcap; do
        # shellcheck disable=SC2086
        tshark -n -r "$file" -Y "udp && (dns || mdns) && !icmp && $2" -T fields -E separator=/t -E 'aggregator=|' $options 2> /dev/null |
            awk -v file="$file" '{ print file "\t" $0 }' >> "$1"
    done
}

# Bad is what tshark calls so, what the recorder cut short, and what tshark prints with a loop for a name.
bad='(_ws.malformed || frame.cap_len < frame.len || dns.qry.name contains "loops")'
extract "$here/messages.tsv" "!$bad" "$fields"
extract "$here/malformed.tsv" "$bad" 'frame.number udp.payload'
# These three lie in their UDP length, so that tshark sees no payload: it starts 82 bytes into the file.
for file in tcpdump/dns-zlip-?.pcap; do
    printf '%s\t1\t%s\n' "$file" "$(tail -c +83 "$file" | od -An -v -tx1 | tr -d ' \n')" >> "$here/malformed.tsv"
done
