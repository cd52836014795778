# script/lib/plots.sh -- plots of what build/bench/strategies has measured, one line for each way of
# doing presence, both axes logarithmic, each line with its name at its end; and of what
# build/bench/serve has, beside its limit. Sourced, after deps.sh.

# Colours that stand on light and dark alike; ink and paper follow the reader's.
plot_style='<style>svg{--ink:#1f2328;--paper:#ffffff}
@media (prefers-color-scheme: dark){svg{--ink:#e6edf3;--paper:#0d1117}}
[fill="#ffffff"]{fill:var(--paper)}[fill="black"],[fill="rgb(0,0,0)"]{fill:var(--ink)}</style>'

plot_ways='social single_room intercept friend_rooms before_social'

# Where the names stand: behind the last point of each line, and clear of each other; above it, if the
# way was stopped there.
plot_names() { # plot_names DATA COLUMN
    awk -F '\t' -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
        $at > 0 {
            y = value[$1, $2] = log($at) / log(10)
            last_x[$1] = $2
            if ($2 > most) most = $2
            if (!any++ || y < low) low = y
            if (any == 1 || y > high) high = y
        }
        function is_free(way, x, y, other) { # a little above the point
            for (other in last_x)
                if (other != way && (other, x) in value && value[other, x] > y &&
                    value[other, x] < y + 3 * gap) return 0
            return 1
        }
        END {
            gap = (high - low) * 0.065
            for (way in last_x) order[++n] = way
            for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++)
                if (value[order[j], last_x[order[j]]] < value[order[i], last_x[order[i]]]) {
                    t = order[i]; order[i] = order[j]; order[j] = t
                }
            for (i = 1; i <= n; i++) {
                way = order[i]; x = last_x[way]; y = value[way, x]
                side = x == most ? "end" : is_free(way, x, y) ? "above" : "below"
                if (side == "end") y = end = placed++ && y < end + gap ? end + gap : y
                print way, x, 10 ^ y, side
            }
        }' OFS='\t' "$1"
}

plot() { # plot DATA COLUMN TITLE FILE
    plot_names "$1" "$2" >"$1.names"
    for way in $plot_ways; do
        awk -F '\t' -v OFS='\t' -v way=$way -v column="$2" '
            NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
            $1 == way && $at > 0 { print $2, $at }' "$1" >"$1.$way"
    done
    gnuplot <<TXT || die 1 "gnuplot cannot draw $4"
set terminal svg size 760,430 font 'sans-serif,14' background '#ffffff'
set output '$4.part'
set datafile separator tab
set label 1 '$3' at screen 0.02,0.95 left font 'sans-serif,16'
set xlabel 'users'
set tmargin 3.5
set rmargin 2
set logscale xy
set format y '%g'
set xtics ('100' 100, '200' 200, '500' 500, '1,000' 1000, '2,000' 2000, '5,000' 5000, \
    '10,000' 10000)
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.5 textcolor rgb 'black'
set grid ytics linetype 1 linecolor rgb '#a0888888' linewidth 0.5
set xrange [*:*] noextend
set offsets graph 0.02, graph 0.2, 0, 0
unset key
ways = '$plot_ways'
array colour[5] = [0x2a9147, 0xd94a4f, 0xb86e14, 0x3d85d6, 0x7d8590]
colour_of(way) = (words(ways[:strstrt(ways, way)]) > 0 ? colour[words(ways[:strstrt(ways, way)])] : 0)
text(way) = (way eq 'before_social' ? 'before' : way eq 'single_room' ? 'single room' : \
             way eq 'friend_rooms' ? 'friend rooms' : way)
at(side) = (strcol(4) eq side ? column(3) : NaN)
plot for [i=1:5] '$1.'.word(ways, i) using 1:2 with linespoints linewidth (i == 1 ? 5 : 2.5) \
        pointtype 7 pointsize 0.5 linecolor rgb colour[i], \
    '$1.names' using 2:(at('end')):(text(strcol(1))):(colour_of(strcol(1))) \
        with labels left offset 1,0 textcolor rgb variable, \
    '$1.names' using 2:(at('above')):(text(strcol(1))):(colour_of(strcol(1))) \
        with labels left offset -1,0.9 textcolor rgb variable, \
    '$1.names' using 2:(at('below')):(text(strcol(1))):(colour_of(strcol(1))) \
        with labels left offset -1,-0.9 textcolor rgb variable
TXT
    plot_style "$4"
}

# gnuplot's FILE.part becomes FILE, in the reader's colours.
plot_style() {
    awk -v style="$plot_style" '{ print } /^<title>/ { print style }' "$1.part" >"$1"
    rm "$1.part"
}

# plot_lines DATA TITLE X UNIT SCALE FILE COLUMN:NAME...: rows of numbers, x first and logarithmic; the
# last line is the limit. SCALE is linear, from 0, or log.
plot_lines() {
    lines_data=$1 lines_title=$2 lines_x=$3 lines_unit=$4 lines_file=$6
    lines_y='set yrange [0:*]'
    [ "$5" = linear ] || lines_y='set logscale y'
    shift 6
    lines_tics=$(awk -F '\t' '
        function spelt(n) { return n < 1000 ? n : sprintf("%d,%03d", n / 1000, n % 1000) }
        { printf "%s\047%s\047 %s", (NR > 1 ? ", " : ""), spelt($1), $1 }' "$lines_data")
    lines=
    lines_left=$#
    for line; do
        lines_left=$((lines_left - 1))
        case $lines_left,$(($# - lines_left)) in
        0,*) look="linewidth 2 dashtype 2 linecolor rgb 0x7d8590" ;;
        *,1) look="linewidth 4 linecolor rgb 0x2a9147" ;;
        *) look="linewidth 2.5 linecolor rgb 0x3d85d6" ;;
        esac
        lines="$lines${lines:+, }'$lines_data' using 1:${line%%:*} with linespoints pointtype 7 pointsize 0.5 $look title '${line#*:}'"
    done
    gnuplot <<TXT || die 1 "gnuplot cannot draw $lines_file"
set terminal svg size 760,400 font 'sans-serif,14' background '#ffffff'
set output '$lines_file.part'
set datafile separator tab
set label 1 '$lines_title' at screen 0.02,0.95 left font 'sans-serif,16'
set xlabel '$lines_x' textcolor rgb 'black'
set ylabel '$lines_unit' textcolor rgb 'black'
set tmargin 5
set rmargin 4
set logscale x
set xrange [*:*] noextend
set offsets graph 0.03, graph 0.03, 0, 0
$lines_y
set format y '%g'
set xtics ($lines_tics)
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.5 textcolor rgb 'black'
set grid ytics linetype 1 linecolor rgb '#a0888888' linewidth 0.5
set key at screen 0.02,0.89 left top horizontal Left reverse samplen 2 maxrows 1 width -6 textcolor rgb 'black'
plot $lines
TXT
    plot_style "$lines_file"
}
