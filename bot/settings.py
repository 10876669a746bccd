"""Settings: what the operator decides, from the environment or the file .env."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting with its default; .env.example explains each to the operator."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    database_url: str = "sqlite:///data/hocvuso.sqlite3"
    ward_code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "phuong-mau"
    ward_name: Annotated[str, Field(min_length=1, max_length=80)] = "Phường Mẫu"
    ward_contact: Annotated[str, Field(max_length=300)] = ""
    neighbourhood_word: Annotated[str, Field(min_length=1, max_length=30)] = "khu phố"
    target_percent: Annotated[int, Field(ge=1, le=100)] = 80
    pass_percent: Annotated[int, Field(ge=1, le=100)] = 60
    content_dir: Path | None = None
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = ""
    web_frame_ancestors: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/.*\- ]*$")] = ""
    web_messages_per_minute: Annotated[int, Field(ge=1)] = 40
    public_coverage: bool = False
    log_format: Annotated[str, Field(pattern=r"^(text|json)$")] = "text"
