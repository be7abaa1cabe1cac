"""A service from a script: upload images, segment them, fetch the numbers.

with Client("https://spheroseg.example.org", token="sph_…") as client:
project = client.create_project("Gemcitabine, plate 3", pixel_size_um=1.3)
client.upload(project, Path("plate3").glob("*.tif"))
client.wait(client.segment(project, diameter_um=400))
table = client.objects(project)
"""

from spheroseg.client.answers import Changes, Project, Run
from spheroseg.client.connection import ServiceError
from spheroseg.client.service import Client
from spheroseg.client.uploads import UploadedImage

__all__ = ["Changes", "Client", "Project", "Run", "ServiceError", "UploadedImage"]
