"""Lists as files: CSV and XLSX."""
