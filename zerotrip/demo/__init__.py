"""The Jiangxi demo: a running province for a newcomer. Everything invented says so."""
