"""Load balancer, TLS, WAF, CloudFront."""
