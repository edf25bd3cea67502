"""How a running program is: status, troubles, metrics, health, the report of a day."""
