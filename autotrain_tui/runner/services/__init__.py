"""What runs beside the stages: heartbeat, gauges, alert hook."""
