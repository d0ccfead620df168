"""ATMosFera's schema behaves: values, tenants, rights, derived columns, search."""
