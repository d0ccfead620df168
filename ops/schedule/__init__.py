"""What runs by itself, and when: systemd units and a crontab from one definition, schedule.toml."""
