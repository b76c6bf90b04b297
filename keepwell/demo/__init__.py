"""A simulated company with vendor-like exports: Fernhill Analytics, who does not exist."""

from keepwell.demo.company import CompanySummary, write_company

__all__ = ["CompanySummary", "write_company"]
