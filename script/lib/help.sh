# script/lib/help.sh -- what a script says of itself. Sourced, in the project's folder.

# help_asked SCRIPT ARGUMENT...: if the first of these is --help or -h, prints the head of the script;
# else false.
help_asked() {
    case ${2-} in
    --help | -h) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1" ;;
    *) return 1 ;;
    esac
}
