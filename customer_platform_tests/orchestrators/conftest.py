"""Makes the modules of a DAGs folder importable, as Airflow does."""

import sys

from customer_platform.project import REPOSITORY

EXAMPLES = REPOSITORY / "examples" / "airflow"
sys.path.append(str(EXAMPLES))
