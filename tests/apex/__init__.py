"""APEX: who belongs to an account, what an estimate refuses, who changed it first, what is found."""
