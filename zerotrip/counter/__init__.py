"""The desks of halls and agencies: what waits, case by case, and the verbs that move it on."""
