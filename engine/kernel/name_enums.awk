# Gives every anonymous enum of the preprocessed source a name and a variable, so that the compiler describes it: constants such as
# BPF_ANY and IPPROTO_TCP reach the BTF that way. embed.c takes names and variables away again.
/^# / { print; next }
{
	while (match($0, /(^|[^A-Za-z0-9_])enum[ \t]*(\{|$)/)) {
		if (substr($0, RSTART + RLENGTH - 1, 1) != "{" && $0 !~ /enum[ \t]*$/)
			break
		at = RSTART + index(substr($0, RSTART), "enum") + 3
		$0 = substr($0, 1, at) " keep_anon_" ++n " " substr($0, at + 1)
	}
	print
}
END {
	for (i = 1; i <= n; i++)
		print "enum keep_anon_" i " keep_enum_" i ";"
}
