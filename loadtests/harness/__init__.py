"""The load tests' machinery, in the order in which a run meets it.

`scenario` and `contender` are read from TOML; `build` makes the binaries and each `virtual_environment`; `schedule`
says who runs when; `process` starts a server, `usage` reads what it costs; `exchange` verifies its answers; `generator`
runs `wrk` and `oha`; `measurement` puts one `round` together, by the kind of scenario: `closed`, `mixed`, `overload`,
`idle`. `machine` and `record` write down what came out; `summary` is what the rounds say together; `page` (with
`plots`, drawn by `chart`) and `benchmarks_page` (with the tables of `benchmarks`) show it in `markdown`.
"""
