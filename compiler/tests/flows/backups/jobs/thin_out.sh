find /backup/dumps -name '*.gz' -mtime +30 -delete
