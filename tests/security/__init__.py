"""What an attacker would try, with the locks of the service taken away one by one."""
