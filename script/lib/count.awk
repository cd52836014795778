# script/lib/count.awk -- reads meson's testlog.txt, whose programs speak TAP. Prints for each
# program: passed, failed, skipped, seconds, name. A program without TAP counts as one test.

function close_program() {
    if (name == "") return
    failed = planned - passed - skipped
    if (planned == 0) { passed = (result == "exit status 0"); failed = 1 - passed }
    if (failed < 1 && result != "exit status 0") failed = 1
    print passed, (failed > 0 ? failed : 0), skipped, seconds, name
    name = ""
}

/^test: / {
    close_program()
    sub(/^test: +(kith:)?/, "") # "kith:room / name"
    gsub(/ \/ /, "/")
    name = $1
    planned = passed = skipped = seconds = 0
    result = ""
}
/^duration: / { seconds = $2 + 0 }
/^result: / { sub(/^result: +/, ""); result = $0 }
/^1\.\.[0-9]+$/ { planned += substr($0, 4) }
/^(not )?ok [0-9]+ # SKIP/ { skipped++; next }
/^ok [1-9]/ { passed++ }
END { close_program() }
