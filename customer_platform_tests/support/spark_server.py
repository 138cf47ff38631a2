"""The local Spark Connect server of the package, under the name that tests know."""

from customer_platform.warehouse.local_spark import (
    SparkServer,
    main,
    spark_server,
    why_there_is_no_spark,
)

__all__ = ["SparkServer", "spark_server", "why_there_is_no_spark"]

if __name__ == "__main__":
    main()
