"""The load tests' machinery, in the order in which a run meets it.

`scenario` and `contender` are read from TOML; `build` makes the binaries; `process` starts a server, `usage` reads what it
costs; `exchange` verifies its answers; `generator` drives wrk or oha; `measurement` puts one round together;
`summary` the rounds of one contender; `machine`, `record` and `page` write down what came out.
"""
