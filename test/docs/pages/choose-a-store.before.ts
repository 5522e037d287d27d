process.env.DATABASE_URL = 'postgres://127.0.0.1:1/nowhere'
process.env.MYSQL_URL = 'mysql://127.0.0.1:1/nowhere'
process.env.REDIS_URL = 'redis://127.0.0.1:1'
