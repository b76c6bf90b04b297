"""Reports as a person or a program reads them: terminal, JSON, CSV and XLSX."""
